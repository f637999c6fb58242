//! What Microsoft says: the seats file.
