//! What a cluster says of a file: the answer to each object, and kubectl's words for the whole.

use super::{Diagnostic, FieldError};
use crate::api::Object;
use crate::text::Span;

/// How far a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The text cannot be read.
    Yaml,
    /// kubectl refuses to send it.
    Client,
    /// The server cannot decode it (400).
    Decode,
    /// An admission plug-in refuses it (403).
    Admission,
    /// The server finds it invalid (422).
    Invalid,
    /// Another answer of the server (404).
    Server,
    /// It is accepted.
    Ok,
}

impl Stage {
    /// The word for it in the command line's JSON.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Yaml => "yaml",
            Stage::Client => "client",
            Stage::Decode => "decode",
            Stage::Admission => "admission",
            Stage::Invalid => "invalid",
            Stage::Server => "server",
            Stage::Ok => "ok",
        }
    }
}

/// The answer to one object; the items of a List are objects of their own.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The number of its document in the file, from 0.
    pub document: usize,
    /// Its text in the file.
    pub span: Span,
    /// How far it comes.
    pub stage: Stage,
    /// Its kind as written, empty where there is none.
    pub kind: String,
    /// The object with the server's defaults, where it is accepted.
    pub object: Option<Object>,
    /// Why it is refused.
    pub(super) refusal: Option<Refusal>,
    /// What the server adds in `Warning: …`.
    pub warnings: Vec<FieldError>,
}

impl Judged {
    /// The causes of a 422.
    pub fn causes(&self) -> &[FieldError] {
        match &self.refusal {
            Some(Refusal::Invalid { causes, .. }) => causes,
            _ => &[],
        }
    }

    /// The reason and the message of a refusal that is no 422.
    pub fn refusal(&self) -> Option<(&'static str, &str)> {
        match &self.refusal {
            Some(Refusal::Client(message) | Refusal::Sending(message) | Refusal::Nested(message)) => {
                Some(("BadRequest", message))
            }
            Some(Refusal::Status { reason, message }) => Some((reason, message)),
            _ => None,
        }
    }

    /// Of what a 422 speaks: kind, group and name.
    pub fn invalid(&self) -> Option<(&str, &str, &str)> {
        match &self.refusal {
            Some(Refusal::Invalid { kind, group, name, .. }) => Some((kind, group, name)),
            _ => None,
        }
    }
}

/// Why something is refused, in the form that decides how kubectl prints it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refusal {
    /// kubectl's own error while it reads the file.
    Client(String),
    /// kubectl's own error about an object that it was to send.
    Sending(String),
    /// kubectl's own error from inside a List, which it prints as it is.
    Nested(String),
    /// A status of the server: its reason and message.
    Status { reason: &'static str, message: String },
    /// The server's 422.
    Invalid { kind: String, group: String, name: String, causes: Vec<FieldError> },
}

/// The answer to a whole file.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The objects, in the order in which kubectl would send them. Those behind a fault of the text, which kubectl
    /// never comes to, are judged as well.
    pub objects: Vec<Judged>,
    /// Everything there is to say, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// How far the file comes: the stage of the first refusal that kubectl prints.
    pub stage: Stage,
    /// What kubectl prints on its standard error.
    pub stderr: String,
    /// The causes of every 422 that kubectl prints.
    pub causes: Vec<FieldError>,
    /// The text behind each `Warning: ` that kubectl prints.
    pub warnings: Vec<String>,
}

impl Judgement {
    /// Whether the cluster accepts the whole file.
    pub fn accepted(&self) -> bool {
        self.stage == Stage::Ok
    }

    /// The accepted objects, in order.
    pub fn accepted_objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter_map(|judged| judged.object.as_ref())
    }
}
