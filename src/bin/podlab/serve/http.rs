//! As much of HTTP/1.1 as clients of Kubernetes need (RFC 9112): requests one after another on a connection, bodies by
//! length or in chunks, answers that go on in chunks.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use podlab::kubectl::rest::Request;

use super::engine::{Answer, Ask};
use super::socket;

/// A line of a request's head is no longer than this.
const LONGEST_LINE: u64 = 64 << 10;
/// A request's body is no longer than this (apiserver: 3 MiB, and some for patches).
const LONGEST_BODY: usize = 4 << 20;
/// How many header lines a request may have.
const MOST_HEADERS: usize = 200;
/// How long an idle answer waits until it looks whether the client is still there.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers the requests of a connection until it ends.
pub fn converse(stream: &TcpStream, asks: &Sender<Ask>) {
    // Whoever hangs up in the middle of a word has nothing to be told.
    let _ended = try_converse(stream, asks);
}

fn try_converse(stream: &TcpStream, asks: &Sender<Ask>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let (request, keep, mut key) = match read_request(&mut reader) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let text = error.to_string();
                let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close";
                write!(writer, "{head}\r\nContent-Length: {}\r\n\r\n{text}", text.len())?;
                // What was sent and not read would take the answer with it when the connection goes.
                stream.shutdown(Shutdown::Write)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                io::copy(&mut reader.take(LONGEST_LINE), &mut io::sink())?;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let limit = request.parameter("timeoutSeconds").and_then(|seconds| seconds.parse::<u64>().ok());
        let (answer, answers) = mpsc::channel();
        let key = std::mem::take(&mut key);
        if asks.send(Ask::Request(request, answer)).is_err() {
            return Ok(());
        }
        let Ok(Answer::Head { code, content_type, warnings, body, goes_on, session }) = answers.recv() else {
            return Ok(());
        };
        if let Some(id) = session {
            return socket::converse(stream, &key, id, asks, &answers);
        }
        let mut head = format!("HTTP/1.1 {code} {}\r\nContent-Type: {content_type}\r\n", phrase(code));
        for warning in warnings {
            let text = warning.replace('\\', "\\\\").replace('"', "\\\"").replace(['\r', '\n'], " ");
            head.push_str(&format!("Warning: 299 - \"{text}\"\r\n"));
        }
        if !goes_on {
            writer.write_all(format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes())?;
            writer.write_all(&body)?;
        } else {
            writer.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes())?;
            chunk(&mut writer, &body)?;
            let mut waited = Duration::ZERO;
            loop {
                match answers.recv_timeout(PATIENCE) {
                    Ok(Answer::More(bytes)) => chunk(&mut writer, &bytes)?,
                    Ok(Answer::Head { .. } | Answer::Message(_)) | Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => waited += PATIENCE,
                }
                if limit.is_some_and(|limit| waited.as_secs() >= limit) {
                    break;
                }
                if has_left(stream)? {
                    return Ok(());
                }
            }
            writer.write_all(b"0\r\n\r\n")?;
        }
        writer.flush()?;
        if !keep {
            return Ok(());
        }
    }
}

/// Whether the client has closed the connection; it sends nothing while an answer goes on.
fn has_left(stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    Ok(matches!(seen, Ok(0)))
}

fn chunk(writer: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut whole = format!("{:x}\r\n", bytes.len()).into_bytes();
    whole.extend_from_slice(bytes);
    whole.extend_from_slice(b"\r\n");
    writer.write_all(&whole)?;
    writer.flush()
}

fn phrase(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "Created",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500.. => "Internal Server Error",
        _ => "Bad Request",
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    match bytes.last() {
        None => Ok(String::new()),
        Some(b'\n') => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Some(_) => Err(wrong("a line of the request does not end")),
    }
}

/// The next request, whether the connection stays open after it, and the key of a WebSocket it may become; none where
/// the client has left.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<(Request, bool, String)>> {
    let first = line(reader)?;
    let mut words = first.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return if first.trim().is_empty() { Ok(None) } else { Err(wrong("this is no HTTP request")) };
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    let mut request = Request {
        method: method.to_owned(),
        path: decoded(&path.replace('+', "%2B")),
        query: pairs.collect(),
        ..Request::default()
    };
    let mut keep = version != "HTTP/1.0";
    let (mut length, mut chunked, mut key) = (0_usize, false, String::new());
    for number in 0.. {
        let header = line(reader)?;
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        if number > MOST_HEADERS {
            return Err(wrong("too many headers"));
        }
        let (name, value) = header.split_once(':').ok_or_else(|| wrong("a header has no colon"))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "accept" => request.accept = value.to_owned(),
            "content-type" => request.content_type = value.to_owned(),
            "content-length" => length = value.parse().map_err(|_| wrong("the length of the body is no number"))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "sec-websocket-key" => key = value.to_owned(),
            "sec-websocket-protocol" => {
                request.protocols.extend(value.split(',').map(|protocol| protocol.trim().to_owned()));
            }
            "connection" => keep = !value.eq_ignore_ascii_case("close") && keep,
            _ => {}
        }
    }
    request.body = if chunked { read_chunks(reader)? } else { read_body(reader, length)? };
    Ok(Some((request, keep, key)))
}

fn read_body(reader: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > LONGEST_BODY {
        return Err(wrong("the body is too long"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| wrong("the size of a chunk is no number"))?;
        if size == 0 {
            // What may follow the last chunk ends with an empty line.
            while !line(reader)?.trim().is_empty() {}
            return Ok(body);
        }
        if body.len().saturating_add(size) > LONGEST_BODY {
            return Err(wrong("the body is too long"));
        }
        body.extend(read_body(reader, size)?);
        line(reader)?;
    }
}

/// Resolves percent signs and pluses.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = rest.clone().take(2).collect::<Vec<u8>>();
                let value = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                match value.filter(|_| digits.len() == 2) {
                    Some(value) => {
                        bytes.push(value);
                        rest.next();
                        rest.next();
                    }
                    None => bytes.push(byte),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decoded, read_request};

    #[test]
    fn requests_are_read_in_both_forms() {
        let text = "POST /a%20b?x=1%2C2&y HTTP/1.1\r\nContent-Type: t\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\
                    Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2;z\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        let mut reader = text.as_bytes();
        let (first, keep, _) = read_request(&mut reader).unwrap().unwrap();
        assert_eq!(
            (first.path.as_str(), first.parameter("x"), first.body.as_slice()),
            ("/a b", Some("1,2"), &b"abc"[..])
        );
        assert!(keep);
        let (second, keep, _) = read_request(&mut reader).unwrap().unwrap();
        assert_eq!((second.body.as_slice(), keep), (&b"hello"[..], false));
        assert!(read_request(&mut reader).unwrap().is_none());
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1",
            "GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        ] {
            assert!(read_request(&mut text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
