use super::*;
use crate::text::apply;

fn formatted(text: &str) -> String {
    let once = apply(text, &format(text).unwrap());
    assert_eq!(format(&once).unwrap(), [], "{once}");
    once
}

#[test]
fn levels_become_two_blanks_and_lists_lie_as_most_of_them_did() {
    let text = "spec:\n    containers:\n    -   name: a\n        image: x   \n        args: [a,\n           b]\n    volumes:\n    - name: b\n";
    assert_eq!(
        formatted(text),
        "spec:\n  containers:\n  - name: a\n    image: x\n    args: [a,\n       b]\n  volumes:\n  - name: b\n"
    );
    let text = "a:\n   - b: 1\n     c:\n        - 1\nd:\n- 1\n";
    assert_eq!(formatted(text), "a:\n  - b: 1\n    c:\n      - 1\nd:\n  - 1\n");
    assert_eq!(
        formatted("a:\n      - - 1\n        - 2\n      -\n        b: 1\n"),
        "a:\n  - - 1\n    - 2\n  -\n    b: 1\n"
    );
}

#[test]
fn comments_go_with_their_lines() {
    let text = "# top\na:\n    # of b\n    b: 1 # beside\n    # end of a\n# of c\nc: 2\n# end\n";
    assert_eq!(formatted(text), "# top\na:\n  # of b\n  b: 1 # beside\n  # end of a\n# of c\nc: 2\n# end\n");
}

#[test]
fn what_scalars_hold_stays() {
    let text = "a:\n    b: |\n        x\n          y  \n\n        z\n    c: >2\n          deep\n    d: 'one\n\n       two'\n    e: one\n     two\n";
    assert_eq!(
        formatted(text),
        "a:\n  b: |\n    x\n      y  \n\n    z\n  c: >2\n        deep\n  d: 'one\n\n     two'\n  e: one\n    two\n"
    );
}

#[test]
fn documents_and_line_ends_stay() {
    assert_eq!(formatted("a:\r\n    b: 1\r\n---\r\nc:\r\n   - 1\r\n"), "a:\r\n  b: 1\r\n---\r\nc:\r\n  - 1\r\n");
    assert_eq!(formatted("{\"a\":\n    1}\n"), "{\"a\":\n    1}\n", "JSON is left alone");
    assert_eq!(formatted(""), "");
}

#[test]
fn a_broken_text_is_refused() {
    assert_eq!(format("a: [\n"), None);
    assert_eq!(format("a: 1\n---\n\tb: 2\n"), None);
    assert_eq!(format("a: 1\rb: 2\n"), None);
}

/// Converts the list at the `▮`.
fn converted(marked: &str) -> Option<String> {
    let offset = marked.find('▮').unwrap();
    let text = marked.replace('▮', "");
    convert_list(&text, offset).map(|(_, edit)| apply(&text, &[edit]))
}

/// Converts there and back.
fn both_ways(flow: &str, block: &str) {
    assert_eq!(converted(&flow.replacen(':', "▮:", 1)).as_deref(), Some(block));
    assert_eq!(converted(&block.replacen(':', "▮:", 1)).as_deref(), Some(flow));
}

#[test]
fn a_command_goes_both_ways() {
    both_ways("command: [sh, -c, sleep, \"20\"]\n", "command:\n- sh\n- -c\n- sleep\n- \"20\"\n");
    both_ways("command: [\"sh\", '-c', {a: b}, [c]]", "command:\n- \"sh\"\n- '-c'\n- {a: b}\n- [c]");
    let text = "- name: a\n  command: [sh, ▮x]\n  image: b\n";
    assert_eq!(converted(text).unwrap(), "- name: a\n  command:\n  - sh\n  - x\n  image: b\n");
    let text = "command:\n  - sh\n  - ▮x\nimage: b\n";
    assert_eq!(converted(text).unwrap(), "command: [sh, x]\nimage: b\n");
}

#[test]
fn what_brackets_would_change_is_quoted() {
    let text = "command:\n- sh▮\n- echo a, b [c]\n- |\n  while true\n  do date\n  done\n-\n";
    assert_eq!(
        converted(text).unwrap(),
        "command: [sh, \"echo a, b [c]\", \"while true\\ndo date\\ndone\\n\", null]\n"
    );
    let text = "env:▮\n- name: A\n  value: x\n- name: B\n  valueFrom:\n    fieldRef:\n      fieldPath: metadata.name\n";
    assert_eq!(
        converted(text).unwrap(),
        "env: [{name: A, value: x}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n"
    );
}

#[test]
fn comments_are_kept() {
    let flow = "a: [x, # one\n  # two\n  y] # three\nb: 1\n";
    let block = "a: # three\n- x # one\n# two\n- y\nb: 1\n";
    assert_eq!(converted(&flow.replacen(':', "▮:", 1)).unwrap(), block);
    let back = "a: [ # three\n  x, # one\n  # two\n  y,\n]\nb: 1\n";
    assert_eq!(converted(&block.replacen(':', "▮:", 1)).unwrap(), back);
}

#[test]
fn where_it_cannot_be_done_nothing_is_offered() {
    for text in ["a: ▮1\n", "a: [▮]\n", "a: [▮\n", "a: [b: c▮]\n", "a: &x [▮b]\n", "{\"a\": [▮1]}\n", "- [▮a]\n"]
    {
        assert_eq!(converted(text), None, "{text}");
    }
}

#[test]
fn the_innermost_list_is_meant() {
    let text = "a:\n- b: [1, ▮2]\n- c\n";
    assert_eq!(converted(text).unwrap(), "a:\n- b:\n  - 1\n  - 2\n- c\n");
}
