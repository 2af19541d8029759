//! Events as lines of JSON.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{SendError, Sink};
use crate::event::Event;

/// A sink that writes each event as one line of CloudEvents structured JSON: to standard output, or to any writer.
///
/// It buffers the lines, and writes and flushes them together. A writer that blocks does not hold up the relay's task,
/// only its progress.
pub struct JsonLines<W = io::Stdout> {
    buffer: Mutex<Vec<u8>>,
    output: Arc<Mutex<Output<W>>>,
}

struct Output<W> {
    writer: W,
    /// The last write has failed in the middle of a line.
    is_torn: bool,
}

impl JsonLines {
    /// Makes a sink that writes to standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }
}

impl<W: Write + Send + 'static> JsonLines<W> {
    /// Makes a sink that writes to a writer.
    pub fn new(writer: W) -> Self {
        Self {
            buffer: Mutex::default(),
            output: Arc::new(Mutex::new(Output {
                writer,
                is_torn: false,
            })),
        }
    }

    fn buffer(&self) -> MutexGuard<'_, Vec<u8>> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send + 'static> Sink for JsonLines<W> {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let json = event.checked_row().to_cloudevent_json();
        let mut buffer = self.buffer();
        buffer.extend_from_slice(&json);
        buffer.push(b'\n');
        Ok(())
    }

    async fn flush(&self) -> Result<(), SendError> {
        let lines = std::mem::take(&mut *self.buffer());
        let output = Arc::clone(&self.output);
        let write = move || {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.write(&lines)
        };
        let written = tokio::task::spawn_blocking(write)
            .await
            .map_err(SendError::unavailable)?;
        written.map_err(|error| match error.kind() {
            // Nobody will read any more.
            io::ErrorKind::BrokenPipe => SendError::closed(error),
            _ => SendError::unavailable(error),
        })
    }

    fn discard(&self) {
        self.buffer().clear();
    }

    fn system(&self) -> &'static str {
        "json_lines"
    }
}

impl<W: Write> Output<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.writer.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut rest = lines;
        while !rest.is_empty() {
            match self.writer.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.is_torn = rest[..count].last() != Some(&b'\n');
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.writer.flush()
    }
}

impl<W> fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").finish_non_exhaustive()
    }
}
