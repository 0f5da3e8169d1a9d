//! The thread that owns the cluster: it answers requests, lets time pass, and tells those who watch.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use podlab::api::Object;
use podlab::cluster::{Action, Cluster, Config, Record, Time};
use podlab::kubectl::rest::{Message, Request, Server, Session, Stream};

/// How many due things may happen before requests are looked at again.
const STEPS: usize = 2_000;
/// The engine sleeps no longer than this, so that what is due comes to pass on time.
const NAP: Duration = Duration::from_millis(100);

/// What clients want of the engine.
pub enum Ask {
    /// A request, and where its answer goes.
    Request(Request, Sender<Answer>),
    /// Something said in a session.
    Said(u64, Message),
    /// A session whose client has left.
    Left(u64),
}

/// A part of an answer.
pub enum Answer {
    /// What is sent first, and whether more follows.
    Head {
        code: u16,
        content_type: String,
        warnings: Vec<String>,
        body: Vec<u8>,
        goes_on: bool,
        /// The session that it begins.
        session: Option<u64>,
    },
    /// More of it.
    More(Vec<u8>),
    /// A message of a session.
    Message(Message),
}

/// Runs the cluster with the clock until nobody can ask any more.
#[allow(clippy::disallowed_methods, reason = "virtual time follows the real clock here, and nowhere else")]
pub fn run(config: Config, objects: Vec<Object>, speed: f64, asked: &Receiver<Ask>) {
    let mut cluster = Cluster::new(config);
    for object in objects {
        let name = object.name().to_owned();
        if let Err(error) = cluster.act(Action::Create(object)) {
            crate::out::complain(&format!("{name}: {error}\n"));
        }
    }
    let mut server = Server::new(cluster);
    let mut streams: Vec<(Box<Stream>, Sender<Answer>)> = Vec::new();
    let mut sessions: Vec<(u64, Box<Session>, Sender<Answer>)> = Vec::new();
    let mut next_session = 0;
    let begun = Instant::now();
    loop {
        let now = Time::from_secs_f64(begun.elapsed().as_secs_f64() * speed);
        // What happens at one instant is told before the next, so that deadlines fall between.
        let done = server.run_some(now, STEPS);
        spread(&mut server, &mut streams, &mut sessions);
        let until = server.cluster().next_due().filter(|_| done);
        let nap = until.map_or(NAP, |due| {
            let left = due.as_secs_f64() / speed - begun.elapsed().as_secs_f64();
            Duration::from_secs_f64(left.clamp(0.0, NAP.as_secs_f64()))
        });
        match asked.recv_timeout(if done { nap } else { Duration::ZERO }) {
            Ok(Ask::Said(id, message)) => {
                if let Some((_, session, _)) = sessions.iter_mut().find(|(known, ..)| *known == id) {
                    server.said(session, &message);
                }
            }
            Ok(Ask::Left(id)) => sessions.retain(|(known, ..)| *known != id),
            Ok(Ask::Request(request, answer)) => {
                let reply = server.answer(&request);
                let goes_on = reply.stream.is_some();
                let head = Answer::Head {
                    code: reply.code,
                    content_type: reply.content_type,
                    warnings: reply.warnings,
                    body: reply.body,
                    goes_on,
                    session: reply.session.is_some().then_some(next_session),
                };
                let heard = answer.send(head).is_ok();
                if let Some(session) = reply.session.filter(|_| heard) {
                    sessions.push((next_session, session, answer.clone()));
                    next_session += 1;
                }
                // The new stream has answered for what is there; what its own request did, it hears too.
                streams.extend(reply.stream.filter(|_| heard).map(|stream| (stream, answer)));
                spread(&mut server, &mut streams, &mut sessions);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Tells every stream and every session what happened.
fn spread(
    server: &mut Server,
    streams: &mut Vec<(Box<Stream>, Sender<Answer>)>,
    sessions: &mut Vec<(u64, Box<Session>, Sender<Answer>)>,
) {
    let records = server.take();
    tell(streams, &records, server.cluster().now());
    sessions.retain_mut(|(_, session, answer)| {
        records.iter().for_each(|record| session.hear(record));
        let heard = session.take().into_iter().all(|message| answer.send(Answer::Message(message)).is_ok());
        heard && !session.is_over()
    });
}

/// Tells every stream what happened; those that have ended, or that nobody reads any more, go.
fn tell(streams: &mut Vec<(Box<Stream>, Sender<Answer>)>, records: &[Record], now: Time) {
    streams.retain_mut(|(stream, answer)| {
        let mut bytes = Vec::new();
        let mut over = false;
        for record in records {
            let (more, end) = stream.hear(record);
            bytes.extend(more);
            if end {
                over = true;
                break;
            }
        }
        if !over && stream.deadline().is_some_and(|deadline| deadline <= now) {
            bytes.extend(stream.expire());
            over = true;
        }
        // An empty part asks whether anybody still reads.
        let heard = answer.send(Answer::More(bytes)).is_ok();
        heard && !over
    });
}
