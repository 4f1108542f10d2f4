//! The store: what was acknowledged is there after damage, kills, power cuts, compaction and load.

mod compact;
mod damage;
mod kill;
mod load;
mod power;
