//! The topic of the record.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use super::record::Record;
use crate::sink::SendError;
use crate::sink::kafka::fault::Failure;
use crate::sink::kafka::options::{KafkaOptionError, without_defaults};

/// The wait for the brokers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The number of offsets at the end of the topic that are read first. The last record is among them, as a rule.
const TAIL: i64 = 64;

/// The message that has a record.
pub(super) struct RecordMessage<'a> {
    pub(super) topic: &'a str,
    pub(super) key: &'a str,
    pub(super) text: String,
}

/// The topic of one `transactional.id`. Nobody else writes to it, so nobody else's open transaction hides its end.
#[derive(Clone)]
pub(super) struct RecordTopic {
    id: String,
    name: String,
    config: ClientConfig,
}

impl RecordTopic {
    pub(super) fn new(id: &str, config: &ClientConfig) -> Result<Self, KafkaOptionError> {
        let name = format!("{id}.progress");
        let is_legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if id.is_empty() || name.len() > 249 || !name.chars().all(is_legal) {
            return Err(KafkaOptionError::new(format!(
                "`{id}` cannot be the `transactional.id`, since it names a topic too; write up to 240 letters, digits, \
                 `.`, `_` and `-`"
            )));
        }
        Ok(Self {
            id: id.to_owned(),
            name,
            config: without_defaults(config),
        })
    }

    /// Returns the message that has a record.
    pub(super) fn message(&self, record: &Record) -> RecordMessage<'_> {
        RecordMessage {
            topic: &self.name,
            key: &self.id,
            text: record.to_text(),
        }
    }

    /// Creates the topic where there is none. A user who may not do that has created it.
    pub(super) async fn create(&self) -> Result<(), SendError> {
        let admin: AdminClient<DefaultClientContext> = self
            .config
            .create()
            .map_err(|error| self.unavailable(&error))?;
        let topic = NewTopic::new(&self.name, 1, TopicReplication::Fixed(-1))
            .set("cleanup.policy", "compact");
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let created = admin.create_topics([&topic], &options).await;
        match created.map(|results| results.into_iter().next()) {
            Ok(Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists)))) => {}
            Ok(Some(Err((_, code)))) => {
                tracing::debug!(topic = self.name, %code, "the topic of deliveries is not created");
            }
            Ok(_) => tracing::info!(topic = self.name, "the topic of deliveries is created"),
            Err(error) => return Err(self.unavailable(&error)),
        }
        Ok(())
    }

    /// Reads the last committed record. Nobody may have an open transaction in the topic.
    pub(super) fn read(&self) -> Result<Record, SendError> {
        let consumer = self.consumer("read_committed")?;
        let (first, end) = self.ends(&consumer)?;
        let mut length = TAIL;
        loop {
            let start = end.saturating_sub(length).max(first);
            match self.last_after(&consumer, start, end)? {
                Some(text) => return self.parsed(&text),
                None if start == first => return Ok(Record::default()),
                None => length = length.saturating_mul(16),
            }
        }
    }

    /// Returns the first offset, and the end of what is committed, which has to be the end of the topic.
    fn ends(&self, consumer: &BaseConsumer) -> Result<(i64, i64), SendError> {
        let ends = |consumer: &BaseConsumer| {
            let ends = consumer.fetch_watermarks(&self.name, 0, PATIENCE);
            ends.map_err(|error| self.unavailable(&error))
        };
        let (_, written) = ends(&self.consumer("read_uncommitted")?)?;
        let (first, committed) = ends(consumer)?;
        if committed < written {
            return Err(SendError::unavailable(format!(
                "the topic `{}` has an open transaction; let nobody else write to it",
                self.name
            )));
        }
        Ok((first, written))
    }

    fn consumer(&self, isolation: &str) -> Result<BaseConsumer, SendError> {
        let mut config = self.config.clone();
        config
            .set("group.id", &self.id)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", isolation);
        config.create().map_err(|error| self.unavailable(&error))
    }

    /// Returns the last committed record between two offsets.
    fn last_after(
        &self,
        consumer: &BaseConsumer,
        start: i64,
        end: i64,
    ) -> Result<Option<String>, SendError> {
        let mut last = None;
        if start >= end {
            return Ok(last);
        }
        let mut place = TopicPartitionList::new();
        place
            .add_partition_offset(&self.name, 0, Offset::Offset(start))
            .and_then(|()| consumer.assign(&place))
            .map_err(|error| self.unavailable(&error))?;
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            match consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) if message.key() == Some(self.id.as_bytes()) => {
                    let text = message.payload().unwrap_or_default();
                    last = Some(String::from_utf8_lossy(text).into_owned());
                }
                None | Some(Ok(_)) => {}
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(last),
                Some(Err(error)) => return Err(self.unavailable(&error)),
            }
        }
        Err(SendError::unavailable(format!(
            "the topic `{}` is not read to its end within {PATIENCE:?}",
            self.name
        )))
    }

    fn parsed(&self, text: &str) -> Result<Record, SendError> {
        Record::from_text(text).ok_or_else(|| {
            SendError::closed(format!(
                "the last message of the topic `{}` is not a record of deliveries; delete the topic if another \
                 program has written it",
                self.name
            ))
        })
    }

    fn unavailable(&self, error: &KafkaError) -> SendError {
        SendError::unavailable(Failure::of(&self.name, error).into_reason())
    }
}
