//! The thread that owns the cluster: it answers requests, lets time pass, and tells those who watch.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use podlab::api::Object;
use podlab::cluster::{Action, Cluster, Config, Record, Time};
use podlab::kubectl::rest::{Request, Server, Stream};

/// How many due things may happen before requests are looked at again.
const STEPS: usize = 2_000;
/// The engine sleeps no longer than this, so that what is due comes to pass on time.
const NAP: Duration = Duration::from_millis(100);

/// A request, and where its answer goes.
pub struct Ask {
    pub request: Request,
    pub answer: Sender<Answer>,
}

/// A part of an answer.
pub enum Answer {
    /// What is sent first, and whether more follows.
    Head { code: u16, content_type: String, warnings: Vec<String>, body: Vec<u8>, goes_on: bool },
    /// More of it.
    More(Vec<u8>),
}

/// Runs the cluster with the clock until nobody can ask any more.
#[allow(clippy::disallowed_methods, reason = "virtual time follows the real clock here, and nowhere else")]
pub fn run(config: Config, objects: Vec<Object>, speed: f64, asked: &Receiver<Ask>) {
    let mut cluster = Cluster::new(config);
    for object in objects {
        let name = object.name().to_owned();
        if let Err(error) = cluster.act(Action::Create(object)) {
            eprintln!("{name}: {error}");
        }
    }
    let mut server = Server::new(cluster);
    let mut streams: Vec<(Box<Stream>, Sender<Answer>)> = Vec::new();
    let begun = Instant::now();
    loop {
        let now = Time::from_secs_f64(begun.elapsed().as_secs_f64() * speed);
        // What happens at one instant is told before the next, so that deadlines fall between.
        let done = server.run_some(now, STEPS);
        tell(&mut streams, &server.take(), server.cluster().now());
        let until = server.cluster().next_due().filter(|_| done);
        let nap = until.map_or(NAP, |due| {
            let left = due.as_secs_f64() / speed - begun.elapsed().as_secs_f64();
            Duration::from_secs_f64(left.clamp(0.0, NAP.as_secs_f64()))
        });
        match asked.recv_timeout(if done { nap } else { Duration::ZERO }) {
            Ok(Ask { request, answer }) => {
                let reply = server.answer(&request);
                let goes_on = reply.stream.is_some();
                let head = Answer::Head {
                    code: reply.code,
                    content_type: reply.content_type,
                    warnings: reply.warnings,
                    body: reply.body,
                    goes_on,
                };
                let heard = answer.send(head).is_ok();
                // The new stream has answered for what is there; what its own request did, it hears too.
                streams.extend(reply.stream.filter(|_| heard).map(|stream| (stream, answer)));
                tell(&mut streams, &server.take(), server.cluster().now());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
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
