//! Which filter a command line asks for.

use std::rc::Rc;

use super::super::super::machine::{Cx, Io};
use super::super::lines::{self, Cut, Sort, Translate, Uniq};
use super::super::{Options, awk, grep, sed};
use super::{Count, Filter, Kind};

impl Options<'_> {
    fn without_rest(mut self) -> Self {
        self.rest.clear();
        self
    }
}

/// The filter that `base` is, if it is one.
pub(in super::super) fn begin(
    base: &str,
    arguments: &[Rc<str>],
    io: &mut Io,
    cx: &mut Cx,
) -> Option<Result<Filter, (String, i32)>> {
    let names = |options: &Options| options.rest.iter().map(|name| Rc::from(*name)).collect::<Vec<Rc<str>>>();
    let plain = |kind, options: &Options| Some(Ok(Filter::new(kind, names(options))));
    match base {
        "cat" | "less" | "more" | "nl" => {
            let options = Options::of(arguments, "v");
            let numbers = (base == "nl" || options.has('n') || options.has('b'))
                .then_some((1, !options.has('b') && base != "nl"));
            plain(Kind::Cat(numbers), &options)
        }
        "head" => {
            let mut before = "";
            let arguments: Vec<Rc<str>> = arguments
                .iter()
                .map(|word| {
                    let after_n = matches!(std::mem::replace(&mut before, word), "-n" | "-c");
                    match word.strip_prefix('-').filter(|digits| digits.parse::<u64>().is_ok()) {
                        // `head -n -18` and not `head -18`.
                        Some(_) if after_n => word.clone(),
                        Some(digits) => format!("-n{digits}").into(),
                        None => word.clone(),
                    }
                })
                .collect();
            let options = Options::of(&arguments, "nc");
            let count = match (options.value('c'), options.value('n')) {
                (Some(bytes), _) => Count::read(bytes, true),
                (None, lines) => Count::read(lines.unwrap_or("10"), false),
            };
            let count = match count {
                Ok(count) => count,
                Err(text) => return Some(Err((text, 1))),
            };
            let names = names(&options);
            let headings = names.len() > 1 && !options.has('q');
            if count.all_but {
                let kind = Kind::Whole(lines::Whole::but_last(count));
                return Some(Ok(Filter::new(kind, names)));
            }
            Some(Ok(Filter::new(Kind::Head { count, left: count.number, headings }, names)))
        }
        "tee" => {
            let options = Options::of(arguments, "");
            let mut handles = Vec::new();
            let mut status = 0;
            for name in &options.rest {
                match cx.open_file(&io.path(name), Some(options.has('a')), true, io) {
                    Ok(handle) => handles.push(handle),
                    Err(error) => {
                        io.complain(cx, &format!("tee: {name}: {error}"));
                        status = 1;
                    }
                }
            }
            let mut filter = Filter::new(Kind::Tee(handles), Vec::new());
            filter.status = status;
            Some(Ok(filter))
        }
        "wc" => {
            let options = Options::of(arguments, "");
            plain(Kind::Wc(lines::Wc::new(&options)), &options)
        }
        "cut" => {
            let options = Options::of(arguments, "dfcb");
            Some(Cut::new(&options).map(|cut| Filter::new(Kind::Cut(cut), names(&options))).map_err(|text| (text, 1)))
        }
        "tr" => {
            let options = Options::of(arguments, "");
            Some(
                Translate::new(&options)
                    .map(|tr| Filter::new(Kind::Translate(tr), Vec::new()))
                    .map_err(|text| (text, 1)),
            )
        }
        "sort" => {
            let options = Options::of(arguments, "kto");
            plain(Kind::Sort(Box::new(Sort::new(&options))), &options)
        }
        "uniq" => {
            let options = Options::of(arguments, "fs");
            plain(Kind::Uniq(Uniq::new(&options)), &options)
        }
        "rev" => plain(Kind::Reverse, &Options::of(arguments, "")),
        "fold" => {
            let options = Options::of(arguments, "w");
            let width = options.value('w').and_then(|width| width.parse().ok()).unwrap_or(80);
            plain(Kind::Fold(std::cmp::max(width, 1), 0), &options)
        }
        "tac" | "paste" | "base64" | "shuf" | "od" => {
            let options = Options::of(arguments, "dwtAN");
            let kind = Kind::Whole(lines::Whole::new(base, &options));
            // The names after a `-` of `paste` are what they are; base64 has one file.
            plain(kind, &options)
        }
        "grep" | "egrep" | "fgrep" => Some(grep::begin(base, arguments, io, cx)),
        "sed" => Some(sed::begin(arguments, io, cx)),
        "awk" => Some(awk::begin(arguments, io, cx)),
        "jq" => {
            io.complain(cx, "podlab: jq is not simulated; it copies its input");
            plain(Kind::Cat(None), &Options::of(arguments, "").without_rest())
        }
        "envsubst" => plain(Kind::Cat(None), &Options::of(arguments, "").without_rest()),
        _ => None,
    }
}
