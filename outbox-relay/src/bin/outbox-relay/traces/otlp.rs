//! Spans by OTLP over HTTP, as the standard variables of OpenTelemetry say.

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::usage::Usage;

/// The target of the library's spans.
const SPANS: &str = "outbox_relay::trace";

/// The exporter, if the variables ask for one.
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    pub(crate) fn open() -> Result<Self, Usage> {
        if !super::are_wanted() {
            return Ok(Self(None));
        }
        // The client has no provider of its own. An error says that the process has one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().build();
        // The error shows the address, which can hold a password.
        let exporter = exporter.map_err(|_| {
            let reason = "spans cannot be exported as the variables `OTEL_EXPORTER_OTLP_...` say; write an endpoint such as `http://collector:4318`";
            Usage(reason.to_owned())
        })?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(exporter);
        Ok(Self(Some(provider.build())))
    }

    /// Returns what makes spans of OpenTelemetry from those of the library.
    pub(crate) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        let tracer = self.0.as_ref()?.tracer("outbox-relay");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        Some(layer.with_filter(Targets::new().with_target(SPANS, tracing::Level::DEBUG)))
    }

    pub(crate) fn begin(&self) {
        if self.0.is_some() {
            tracing::info!("spans are exported");
        }
    }

    /// Exports what is left.
    pub(crate) fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last spans are not exported");
        }
    }
}

/// Returns the names of this process, which `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` change.
fn resource() -> Resource {
    let resource = Resource::builder().build();
    let name = resource.get(&"service.name".into());
    let is_unknown = name.is_none_or(|name| name.as_str().starts_with("unknown_service"));
    let ours = is_unknown.then(|| KeyValue::new("service.name", "outbox-relay"));
    Resource::builder().with_attributes(ours).build()
}
