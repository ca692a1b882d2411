//! Records: what is written is what arrives, against a reader that shares no code with ours; and damage costs no more
//! than the record that it hit.

mod by_hand;
mod capacity;
mod case;
mod damage;
mod decode;
mod encode;
mod format;
mod header;
mod part;
mod pieces;
