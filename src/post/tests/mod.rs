//! Exactly once, tested hard: runs are cut off at every step, requests and answers are lost or broken,
//! ledgers are lost, and afterwards Xero holds exactly the planned documents.

mod bench;
mod cases;
mod lives;
mod reposted;
