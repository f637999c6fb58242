//! The step for allowed users, chosen from the MSP's directory.

use super::wizard::Wizard;
use crate::exit::Failure;

pub(super) fn run(_wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    Ok(())
}
