//! A connection that became a WebSocket (RFC 6455): messages of a session's channels, to the engine and from it.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use podlab::kubectl::rest::PROTOCOL;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Error, Message, WebSocket};

use super::engine::{Answer, Ask};

/// How long the client is listened to until it is looked whether there is something to say.
const TURN: Duration = Duration::from_millis(20);
/// How long a client may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Carries a session until one side ends it.
pub fn converse(
    stream: &TcpStream,
    key: &str,
    id: u64,
    asks: &Sender<Ask>,
    answers: &Receiver<Answer>,
) -> io::Result<()> {
    let mut head = stream;
    write!(
        head,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\
         Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )?;
    stream.set_read_timeout(Some(TURN))?;
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    let carried = carry(&mut socket, id, asks, answers);
    // The engine may be gone already.
    let _ = asks.send(Ask::Left(id));
    carried
}

fn carry(
    socket: &mut WebSocket<&TcpStream>,
    id: u64,
    asks: &Sender<Ask>,
    answers: &Receiver<Answer>,
) -> io::Result<()> {
    let mut leaving: Option<Instant> = None;
    loop {
        while leaving.is_none() {
            match answers.try_recv() {
                Ok(Answer::Message((channel, mut bytes))) => {
                    bytes.insert(0, channel);
                    said(socket.write(Message::Binary(bytes.into())))?;
                }
                Ok(_) => {}
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
                    said(socket.close(Some(frame)))?;
                    leaving = Some(Instant::now());
                }
            }
        }
        said(socket.flush())?;
        match socket.read() {
            Ok(Message::Binary(bytes)) => {
                if let Some((channel, rest)) = bytes.split_first()
                    && asks.send(Ask::Said(id, (*channel, rest.to_vec()))).is_err()
                {
                    return Ok(());
                }
            }
            Ok(_) => {}
            Err(Error::Io(error)) if is_late(&error) => {}
            // The client has left, as it may at any time.
            Err(_) => return Ok(()),
        }
        if leaving.is_some_and(|since| since.elapsed() > GOODBYE) {
            return Ok(());
        }
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// What is written later is no failure, nor is a goodbye that was said before.
fn said(outcome: Result<(), Error>) -> io::Result<()> {
    match outcome {
        Ok(()) | Err(Error::ConnectionClosed) => Ok(()),
        Err(Error::Io(error)) if is_late(&error) => Ok(()),
        Err(error) => Err(io::Error::other(error)),
    }
}
