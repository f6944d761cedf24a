//! Reports are what other tools take: proven by their own validators, and by what must be in them.

mod fixture;
mod page;
mod sarif;
mod valid;
