//! One's own account: signing in and out, registering, resetting a password, sessions, profile; and how accounts come to be.
//!
//! Nothing here tells a stranger whether there is an account for an address: not by its words, its status or the work it does. The one
//! thing that can not be hidden where no mail server is set is that a password just chosen for a new account opens it and the same
//! password does not open somebody else's; with a mail server a new account opens only after its address was confirmed.

pub mod device;
mod email;
mod link;
mod password;
mod profile;
mod register;
mod reset;
pub mod sessions;
pub mod setup;
mod sign_in;

pub use email::normal as normal_email;
pub use link::{Invited, invitation};
pub use password::change as change_password;
pub use profile::{Changes, change, confirm_email};
pub use register::{NewAccount, register};
pub use reset::{ask as ask_reset, finish as finish_reset};
pub use sign_in::{Attempt, DEVICE_COOKIE_LIFE, SignedIn, device_cookie_name, sign_in, sign_out};

pub(super) use link::{For, address as link_address, issue as issue_link};
pub(super) use register::{Row, insert as insert_account, name as person_name};

use crate::store::entity::user;

/// An account as it is shown to its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its id.
    pub id: i64,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// `user` or `admin`.
    pub role: String,
}

impl From<&user::Model> for Shown {
    fn from(user: &user::Model) -> Self {
        Self { id: user.id, email: user.email.clone(), name: user.name.clone(), role: user.role.clone() }
    }
}
