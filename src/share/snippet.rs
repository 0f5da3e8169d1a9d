//! What people paste elsewhere: a link, a frame, a block of Markdown, the element `<pod-lab>`.

use super::{Shared, encode};

/// How high a playground is in another page, in CSS pixels.
const HEIGHT: u32 = 560;

/// `text` between quotes of an attribute, or as the text of an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The folder of the page, where `embed.js` lies: its address may end in the name of a file.
fn folder(page: &str) -> &str {
    page.rfind('/').and_then(|slash| page.get(..=slash)).unwrap_or(page)
}

/// Whether what another page embeds can be loaded from there by its readers: a file on one's own disk cannot.
pub fn embeddable(page: &str) -> bool {
    !page.starts_with("file:")
}

/// The link: `page` is the address of the page, without a query and a fragment.
pub fn link(page: &str, shared: &Shared) -> String {
    format!("{page}#{}", encode(shared))
}

/// A frame for the page of somebody else, with the whole state.
pub fn iframe(page: &str, shared: &Shared) -> String {
    let src = escaped(&format!("{page}?embed=1&view=split#{}", encode(shared)));
    format!(
        "<iframe src=\"{src}\" title=\"Podlab\" width=\"100%\" height=\"{HEIGHT}\" style=\"border:0\" loading=\"lazy\" \
         allow=\"clipboard-write\"></iframe>\n"
    )
}

/// The manifest as a fenced block of Markdown, and the link below it.
pub fn markdown(page: &str, shared: &Shared, words: &str) -> String {
    let longest = shared.yaml.lines().map(|line| line.trim_start().chars().take_while(|c| *c == '`').count()).max();
    let fence = "`".repeat(longest.map_or(3, |ticks| ticks.max(2) + 1));
    let yaml = shared.yaml.trim_end();
    format!("{fence}yaml\n{yaml}\n{fence}\n\n[{words}]({})\n", link(page, shared))
}

/// The element of `web/embed.js`: the manifest as it is where that says it all, or else the link.
pub fn element(page: &str, shared: &Shared) -> String {
    let plain = Shared { yaml: shared.yaml.clone(), at: shared.at, speed: shared.speed, ..Shared::default() };
    let ends = shared.yaml.to_ascii_lowercase().contains("</script") || shared.yaml.contains("<!--");
    let number =
        |name: &str, value: Option<f64>| value.map_or_else(String::new, |value| format!(" {name}=\"{value}\""));
    let script = format!("<script type=\"module\" src=\"{}embed.js\"></script>\n", escaped(folder(page)));
    if plain != *shared || ends {
        return format!("{script}<pod-lab link=\"{}\" height=\"{HEIGHT}\"></pod-lab>\n", encode(shared));
    }
    let (at, speed) = (number("at", shared.at), number("speed", shared.speed));
    let yaml = shared.yaml.trim_end();
    format!(
        "{script}<pod-lab height=\"{HEIGHT}\"{at}{speed}>\n<script type=\"text/yaml\">\n{yaml}\n</script>\n</pod-lab>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share::decode;

    const PAGE: &str = "https://example.com/play/";

    fn shared(yaml: &str) -> Shared {
        Shared { yaml: yaml.to_owned(), ..Shared::default() }
    }

    #[test]
    fn each_snippet_carries_the_state() {
        let pod = shared("kind: Pod\n");
        let found = |text: &str| {
            let fragment = text.split('#').nth(1).unwrap().split(['"', ')']).next().unwrap();
            decode(fragment).unwrap()
        };
        assert_eq!(found(&link(PAGE, &pod)), pod);
        assert_eq!(found(&iframe(PAGE, &pod)), pod);
        assert_eq!(found(&markdown(PAGE, &pod, "Run")), pod);
        assert!(iframe(PAGE, &pod).contains("?embed=1&amp;view=split#v1."));
        assert!(element(PAGE, &pod).contains("<script type=\"text/yaml\">\nkind: Pod\n</script>"));
    }

    #[test]
    fn the_element_loads_its_script_from_the_folder_of_the_page() {
        let pod = shared("kind: Pod\n");
        for page in [PAGE, "https://example.com/play/index.html"] {
            assert!(element(page, &pod).contains("src=\"https://example.com/play/embed.js\""), "{page}");
        }
        assert!(embeddable(PAGE) && !embeddable("file:///home/me/podlab.html"));
    }

    #[test]
    fn a_manifest_never_ends_what_it_stands_in() {
        let odd = shared("a: \"</SCRIPT><b>\"\nb: |\n  ```\n  ````\n");
        let text = element(PAGE, &odd);
        assert!(!text.contains("<b>") && text.contains("link=\"v1."), "{text}");
        assert!(markdown(PAGE, &odd, "Run").starts_with("`````yaml\n"));
        let acted = Shared { acts: vec!["1 node a down".to_owned()], ..shared("kind: Pod\n") };
        let text = element(PAGE, &acted);
        let fragment = text.split("link=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(decode(fragment).unwrap(), acted);
    }
}
