//! What the DNS server is asked and answers.

use std::rc::Rc;

/// Under which full names a name is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// As it is (dig).
    Exact,
    /// In one domain of the search path after another, up to the first that has it (BIND's nslookup, host).
    First,
    /// In every domain of the search path, unless it has a dot (busybox: networking/nslookup.c add_query_with_search).
    Each,
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// Whose it is.
    pub owner: Rc<str>,
    /// Its type (`A`).
    pub kind: &'static str,
    /// What it says.
    pub data: Rc<str>,
}

/// What the server answers to one question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answered {
    /// The full name that was asked for.
    pub name: Rc<str>,
    /// The type of records that was asked for.
    pub kind: &'static str,
    /// None: there is no such name (NXDOMAIN).
    pub records: Option<Vec<Record>>,
    /// Whether the server knows by itself.
    pub own: bool,
}
