//! A file to documents, as kubectl splits it.
//!
//! Modelled on apimachinery `util/yaml/decoder.go` (YAMLOrJSONDecoder, YAMLReader) 1.36: a file that begins with `{`
//! is JSON as long as it is; otherwise lines that begin with `---` separate YAML documents.

use std::borrow::Cow;

use super::json_syntax::{self, JsonError};
use super::tree::Tree;
use crate::text::Span;

/// One document of a file. Its tree's places are places of the file.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// Its text in the file; the first document may begin with its `---`.
    pub span: Span,
    /// Whether kubectl read it as JSON.
    pub json: bool,
    /// What stands in it.
    pub tree: Tree<'a>,
    /// Why kubectl stops reading the file here, other than a fault of the YAML in `tree`.
    pub fault: Option<StreamError>,
    /// The document begins like JSON and is none. kubectl tells this, should it be no YAML either.
    pub json_fault: Option<StreamError>,
}

/// Why kubectl cannot go on reading a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamError {
    /// The text behind `error: error parsing FILE: `.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// The documents of a file, also those behind a fault, which kubectl never sees.
pub type Documents<'a> = Vec<Document<'a>>;

/// The text with the line break at its end that kubectl's line reader adds; [`split`] wants it so.
pub fn terminated(text: &str) -> Cow<'_, str> {
    match text.is_empty() || text.ends_with('\n') {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("{text}\n")),
    }
}

/// Splits `text` and reads each document. Empty documents are among them; they have no root.
pub fn split(text: &str) -> Documents<'_> {
    split_terminated(text, text.len())
}

/// The same of a text that had `length` bytes before it was [`terminated`]: who reads JSON sees no line break behind them.
pub fn split_terminated(text: &str, length: usize) -> Documents<'_> {
    let json = text.get(..length).unwrap_or(text);
    let mut documents = Vec::new();
    let mut from = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = text.get(from..).unwrap_or_default();
    if !body.trim_start().starts_with('{') {
        split_yaml(text, from, &mut documents);
        return documents;
    }
    loop {
        let error = match json_syntax::parse(json, from) {
            Ok((tree, end)) => {
                documents.push(Document {
                    span: Span::new(from, end),
                    json: true,
                    tree,
                    fault: None,
                    json_fault: None,
                });
                from = end;
                continue;
            }
            Err(JsonError::Empty) => return documents,
            Err(error) => error,
        };
        // More than one JSON value: certainly JSON, so its error stands as it is.
        let certain = documents.len() > 1;
        let fault = stream_error(&error, certain, text);
        let start = skip_blanks(text, from);
        let first = documents.len();
        split_yaml(text, start, &mut documents);
        match documents.get_mut(first) {
            Some(document) if certain || document.fault.is_some() => document.fault = Some(fault),
            Some(document) => document.json_fault = Some(fault),
            None => {
                let span = Span::new(from, text.len());
                let (tree, fault) = (Tree::default(), Some(fault));
                documents.push(Document { span, json: true, tree, fault, json_fault: None });
            }
        }
        return documents;
    }
}

fn stream_error(error: &JsonError, certain: bool, text: &str) -> StreamError {
    match error {
        JsonError::Syntax { problem, at } => {
            let message = match certain {
                true => problem.clone(),
                false => format!("json: offset {}: {problem}", at + 1),
            };
            let width = text.get(*at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            StreamError { message, span: Span::new(*at, at + width) }
        }
        _ => StreamError { message: "unexpected EOF".to_owned(), span: Span::new(text.len(), text.len()) },
    }
}

/// Skips blanks up to and with the first line break (decoder.go consumeWhitespace).
fn skip_blanks(text: &str, from: usize) -> usize {
    for (i, c) in text.get(from..).unwrap_or_default().char_indices() {
        match c {
            '\n' => return from + i + 1,
            _ if c.is_whitespace() => {}
            _ => return from + i,
        }
    }
    text.len()
}

fn split_yaml<'a>(text: &'a str, from: usize, documents: &mut Documents<'a>) {
    let mut begun: Option<usize> = None;
    let mut at = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let span = Span::new(begun.take().unwrap_or(start), start);
                let place = Span::new(start, start + line.trim_end().len());
                let fault = StreamError { message: format!("invalid Yaml document separator: {rest}"), span: place };
                let tree = Tree::parse(text, span);
                documents.push(Document { span, json: false, tree, fault: Some(fault), json_fault: None });
                continue;
            }
            if let Some(begin) = begun.take() {
                push_yaml(text, Span::new(begin, start), documents);
                continue;
            }
            // The first line of a document may be its own `---`.
        }
        begun.get_or_insert(start);
    }
    if let Some(begin) = begun {
        push_yaml(text, Span::new(begin, at), documents);
    }
}

fn push_yaml<'a>(text: &'a str, span: Span, documents: &mut Documents<'a>) {
    documents.push(Document { span, json: false, tree: Tree::parse(text, span), fault: None, json_fault: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<&str> {
        split(text).iter().map(|document| &text[document.span.start..document.span.end]).collect()
    }

    #[test]
    fn separators_end_documents() {
        assert_eq!(spans("a: 1\n---\nb: 2\n--- # c\nc: 3\n"), ["a: 1\n", "b: 2\n", "c: 3\n"]);
        assert_eq!(spans("---\na: 1\n"), ["---\na: 1\n"]);
        assert_eq!(spans("---\n---\n"), ["---\n"]);
        assert_eq!(spans(""), [""; 0]);
    }

    #[test]
    fn a_separator_with_text_is_a_fault_and_takes_the_document_before_with_it() {
        let documents = split("a: 1\n--- b\nc: 1\n");
        let fault = documents[0].fault.as_ref().unwrap();
        assert_eq!(fault.message, "invalid Yaml document separator: b");
        assert_eq!(documents.len(), 2, "what follows is read all the same");
    }

    #[test]
    fn json_is_read_as_long_as_it_is_json() {
        let documents = split("{\"a\":1}{\"b\":2}");
        assert!(documents.iter().all(|document| document.json && document.fault.is_none()));
        assert_eq!(documents.len(), 2);
        let documents = split("{a: 1}\n");
        assert!(!documents[0].json && documents[0].fault.is_none());
        let documents = split("{\"a\":\"1\" \"b\"}\n");
        let fault = documents[0].json_fault.as_ref().unwrap();
        assert!(documents[0].tree.error.is_some());
        assert_eq!(fault.message, "json: offset 10: invalid character '\"' after object key:value pair");
        // The line break at the end is not the file's.
        for text in ["{\"a\": \"x\n", "{\"a\n", "{\"a\": tru\n"] {
            let faults =
                [text.len() - 1, text.len()].map(|length| split_terminated(text, length)[0].json_fault.clone());
            let [cut, ended] = faults.map(|fault| fault.unwrap().message);
            assert_eq!(cut, "unexpected EOF");
            assert!(ended.starts_with("json: offset "), "{ended}");
        }
        let documents = split("{\"a\":1}\n---\nb: 2\n");
        assert_eq!(documents.len(), 2);
        assert!(documents[0].json && !documents[1].json);
    }
}
