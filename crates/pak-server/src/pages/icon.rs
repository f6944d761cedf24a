//! The pictures beside words: drawn by us, in the colour of the text, never without the word.

use std::fmt;

use askama::filters::HtmlSafe;

/// A picture of sixteen by sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Done and verified.
    Tick,
    /// Failed.
    Cross,
    /// Needs a look.
    Mark,
    /// At work.
    Turning,
    /// Waits.
    Clock,
    /// Went back.
    Back,
    /// Was left out, or stopped.
    Dash,
    /// Projects, packages.
    Box,
    /// Deployments.
    Rocket,
    /// Registries.
    Globe,
    /// Charts.
    Chart,
    /// API keys and credentials.
    Key,
    /// The audit log.
    Scroll,
    /// People.
    People,
    /// Settings.
    Gear,
    /// Mails.
    Letter,
    /// The API.
    Book,
    /// Webhooks.
    Hook,
    /// The account.
    Person,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Tick => "M3 8.5l3.2 3.2L13 4.8",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Mark => "M8 3v6M8 12.4v.2",
            Self::Turning => "M14 8a6 6 0 1 1-2.2-4.6",
            Self::Clock => "M8 2a6 6 0 1 0 .01 0M8 4.8V8l2.2 1.6",
            Self::Back => "M6 4L2.8 7.2 6 10.4M3 7.2h6.2a3.6 3.6 0 0 1 0 7.2H7",
            Self::Dash => "M3.5 8h9",
            Self::Box => "M8 1.8l5.6 3v6.4L8 14.2l-5.6-3V4.8zM2.6 4.9L8 7.8l5.4-2.9M8 7.8v6.2",
            Self::Rocket => {
                "M6 10c-.4-4 2.6-7.6 7.6-7.6C13.6 7.4 10 10.4 6 10zM6 10l-2.6-.600 2-2.800M6 10l.6 2.6 2.8-2M3.4 12.600l1-1"
            }
            Self::Globe => "M8 2a6 6 0 1 0 .01 0M2.2 8h11.600M8 2c-3.6 3.6-3.6 8.4 0 12 3.6-3.6 3.6-8.4 0-12",
            Self::Chart => "M2.5 2.500v11h11M5 10.500l2.8-3.6 2.2 1.8 3-4.2",
            Self::Key => "M10.5 2.500a3 3 0 1 0 .01 0M8.3 7.700L3 13M4.8 11.200l1.6 1.6",
            Self::Scroll => "M4 2h8v12H4zM6.2 5h3.600M6.2 8h3.600M6.2 11h2.2",
            Self::People => {
                "M6 3a2.3 2.3 0 1 0 .01 0M1.8 13.400c0-5 8.4-5 8.4 0M10.6 3.300a2.1 2.1 0 0 1 0 4M11.6 9.800c1.6.5 2.6 1.7 2.6 3.6"
            }
            Self::Gear => {
                "M8 5.600a2.4 2.4 0 1 0 .01 0M8 1.800v2M8 12.200v2M1.8 8h2M12.2 8h2M3.6 3.600L5 5M11 11l1.4 1.400M12.4 3.600L11 5M5 11l-1.4 1.4"
            }
            Self::Letter => "M2 3.800h12v8.400H2zM2.3 4.200L8 8.800l5.7-4.6",
            Self::Book => "M3 2.500h7.500A2 2 0 0 1 12.5 4.500v9H5a2 2 0 0 1-2-2zM3 11.500a2 2 0 0 1 2-1.600h7.5",
            Self::Hook => "M8 2a1.5 1.5 0 1 0 .01 0M8 5v6a3 3 0 0 1-5.6 1.400M8 5v3.500M13.4 10.200L11.6 12",
            Self::Person => "M8 2.400a2.8 2.8 0 1 0 .01 0M2.6 14c0-6 10.8-6 10.8 0",
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turning = if *self == Self::Turning { " turning" } else { "" };
        write!(
            f,
            r#"<svg class="icon{turning}" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>"#,
            self.path()
        )
    }
}

// Made of constants alone.
impl HtmlSafe for Icon {}
