//! The name of a box rule, in settings and on the command line.

use std::fmt;
use std::str::FromStr;

use cutmix_core::BoxRule;
use serde::{Deserialize, Serialize};

/// `paper`, `odd-sides`, `at-least-one-pixel`, `inside`, or `min-max:MIN,MAX`, shares of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BoxRuleName(pub BoxRule);

impl FromStr for BoxRuleName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = match text {
            "paper" => BoxRule::Paper,
            "odd-sides" => BoxRule::OddSides,
            "at-least-one-pixel" => BoxRule::AtLeastOnePixel,
            "inside" => BoxRule::Inside,
            _ => {
                let shares = text.strip_prefix("min-max:").and_then(|shares| shares.split_once(','));
                let parsed = shares.and_then(|(min, max)| Some((min.trim().parse().ok()?, max.trim().parse().ok()?)));
                let (min, max) = parsed
                    .ok_or_else(|| format!("{text:?} is not a box rule; take paper, odd-sides, at-least-one-pixel, inside or min-max:MIN,MAX"))?;
                BoxRule::MinMax { min, max }
            }
        };
        Ok(Self(rule))
    }
}

impl fmt::Display for BoxRuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            BoxRule::OddSides => f.write_str("odd-sides"),
            BoxRule::AtLeastOnePixel => f.write_str("at-least-one-pixel"),
            BoxRule::Inside => f.write_str("inside"),
            BoxRule::MinMax { min, max } => write!(f, "min-max:{min},{max}"),
            _ => f.write_str("paper"),
        }
    }
}

impl TryFrom<String> for BoxRuleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<BoxRuleName> for String {
    fn from(name: BoxRuleName) -> Self {
        name.to_string()
    }
}
