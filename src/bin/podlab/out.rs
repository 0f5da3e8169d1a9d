//! What is printed. A reader that has seen enough (`| head`) is no error: the command goes on to its exit status.

use std::io::{self, ErrorKind, Write as _};

/// Prints on the standard output.
pub fn print(text: &str) {
    let _closed = io::stdout().write_all(text.as_bytes());
}

/// Prints on the standard error.
pub fn complain(text: &str) {
    let _closed = io::stderr().write_all(text.as_bytes());
}

/// Whether somebody still reads what was written.
///
/// # Errors
/// What else kept it from being written, for the command to tell.
pub fn is_read(written: io::Result<()>) -> Result<bool, String> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).map_err(|error| format!("podlab: writing: {error}\n")),
    }
}
