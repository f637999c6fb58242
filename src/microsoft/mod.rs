//! What Microsoft says: the seats file.

pub mod seats_file;
