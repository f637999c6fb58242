//! Where a command acts, as every confirmation names it: several MSPs and organisations may live on one machine.

use crate::config::paths::DEFAULT_PROFILE;

/// ` in Example MSP (demo company), profile nz`: begins with a blank, and is nothing when there is nothing to tell.
pub(crate) fn place(profile: &str, organisation: Option<&str>) -> String {
    let profile = Some(profile).filter(|profile| *profile != DEFAULT_PROFILE);
    match (organisation, profile) {
        (None, None) => String::new(),
        (Some(organisation), None) => format!(" in {organisation}"),
        (None, Some(profile)) => format!(" in profile {profile}"),
        (Some(organisation), Some(profile)) => format!(" in {organisation}, profile {profile}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_named_unless_it_is_the_default_one() {
        assert_eq!((place("default", None), place("default", Some("Example MSP"))), (String::new(), " in Example MSP".to_owned()));
        assert_eq!((place("nz", None), place("nz", Some("Example MSP"))), (" in profile nz".to_owned(), " in Example MSP, profile nz".to_owned()));
    }
}
