//! The languages of the page.

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese as written in mainland China.
    ZhCn,
}

impl Lang {
    /// Every language, in the order menus show them.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::ZhCn];

    /// The BCP 47 tag (`zh-CN`), also the name of its file in `locales/`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }

    /// The language that a tag of the browser asks for: any Chinese is served in simplified Chinese.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::ZhCn),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The other language, which the toggle switches to.
    pub fn other(self) -> Lang {
        match self {
            Lang::En => Lang::ZhCn,
            Lang::ZhCn => Lang::En,
        }
    }

    /// The plural category of a whole number (CLDR: English has one and other, Chinese only other).
    pub fn plural(self, number: f64) -> &'static str {
        match self {
            Lang::En if number == 1.0 => "one",
            _ => "other",
        }
    }
}
