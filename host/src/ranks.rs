//! The processes of one run. MPI starts them and carries their numbers (feature `mpi`); without it there is one.
//!
//! Uses nothing of this program. Every process asks the same in the same order; a process that ends without the others ends them all, since MPI stops a job of which a
//! part fails.

use std::env;

use anyhow::{Result, bail, ensure};

/// What starters of several processes tell each of them: how many there are.
const STARTED: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"];

/// And which of those on its machine a process is.
const LOCAL: [&str; 3] = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"];

/// This process among those of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// Number of this process, from 0.
    pub rank: usize,
    /// All of them.
    pub count: usize,
}

impl Ranks {
    /// The only one.
    pub const ALONE: Self = Self { rank: 0, count: 1 };

    /// Whether this is the process that writes files and speaks to the user.
    #[must_use]
    pub const fn is_first(self) -> bool {
        self.rank == 0
    }

    /// Number of this process among those on its machine, from 0; 0 where that is not known.
    #[must_use]
    pub fn on_this_machine(self) -> usize {
        if self.are_several() { number_of(&LOCAL).unwrap_or(0) } else { 0 }
    }

    /// Whether there are others.
    #[must_use]
    pub const fn are_several(self) -> bool {
        self.count > 1
    }

    /// The numbers of every process, in the order of the processes. All give as many.
    ///
    /// # Errors
    ///
    /// If there are too many for MPI.
    pub fn gather(self, mine: Vec<f32>) -> Result<Vec<f32>> {
        if self.are_several() { engine::gather(&mine, self.count) } else { Ok(mine) }
    }

    /// A checksum of every process, in their order.
    ///
    /// # Errors
    ///
    /// As [`gather`](Self::gather).
    pub fn gather_checksums(self, mine: u32) -> Result<Vec<u32>> {
        if self.are_several() { engine::gather(&[mine], self.count) } else { Ok(vec![mine]) }
    }

    /// What the first process has; the others give anything.
    ///
    /// # Errors
    ///
    /// As [`gather`](Self::gather).
    pub fn from_first(self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        if self.are_several() { engine::broadcast(bytes, self.rank) } else { Ok(bytes) }
    }

    /// Checks that all processes have the same `what`, by its checksum.
    ///
    /// # Errors
    ///
    /// If not, in all of them: the message names one that differs from the first.
    pub fn agree(self, what: &str, checksum: u32) -> Result<()> {
        let all = self.gather_checksums(checksum)?;
        if let Some(other) = all.iter().position(|other| *other != all[0]) {
            bail!("process {other} has another {what} than process 0, and all processes of a run must have the same");
        }
        Ok(())
    }

    /// Which of so many shards this process computes.
    ///
    /// # Errors
    ///
    /// If they cannot be shared out evenly.
    pub fn share_of(self, shards: usize) -> Result<std::ops::Range<usize>> {
        ensure!(
            shards.is_multiple_of(self.count),
            "{shards} shards cannot be shared out evenly among {} processes; take --set shards={1}, or as many processes as divide {shards}",
            self.count,
            self.count
        );
        let each = shards / self.count;
        Ok(self.rank * each..(self.rank + 1) * each)
    }
}

/// Does `work` in every process that was started for this run.
///
/// # Errors
///
/// What `work` reports, or that several were started and this program was built without MPI.
pub fn together<T>(work: impl FnOnce(Ranks) -> Result<T>) -> Result<T> {
    engine::together(number_of(&STARTED).unwrap_or(1), work)
}

/// The first of these variables of the environment that is a number.
fn number_of(names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| env::var(name).ok()?.parse().ok())
}

#[cfg(feature = "mpi")]
mod engine {
    use anyhow::{Context as _, Result};
    use mpi::Threading;
    use mpi::topology::SimpleCommunicator;
    use mpi::traits::{Communicator as _, CommunicatorCollectives as _, Equivalence, Root as _};

    use super::Ranks;

    pub fn together<T>(started: usize, work: impl FnOnce(Ranks) -> Result<T>) -> Result<T> {
        if started == 1 {
            return work(Ranks::ALONE);
        }
        let (universe, _) = mpi::initialize_with_threading(Threading::Serialized).context("MPI was begun twice")?;
        let world = universe.world();
        let done = work(Ranks { rank: world.rank() as usize, count: world.size() as usize });
        if done.is_err() {
            // The end of MPI waits for all processes, and some may wait for this one. Without it, MPI ends them.
            std::mem::forget(universe);
        }
        done
    }

    pub fn gather<N: Equivalence + Clone + Default>(mine: &[N], count: usize) -> Result<Vec<N>> {
        let mut all = vec![N::default(); mine.len() * count];
        i32::try_from(all.len()).context("MPI takes no more than two thousand million numbers at once")?;
        SimpleCommunicator::world().all_gather_into(mine, &mut all[..]);
        Ok(all)
    }

    pub fn broadcast(mut bytes: Vec<u8>, rank: usize) -> Result<Vec<u8>> {
        let world = SimpleCommunicator::world();
        let first = world.process_at_rank(0);
        let mut length = bytes.len() as u64;
        first.broadcast_into(&mut length);
        if rank > 0 {
            bytes = vec![0; length as usize];
        }
        i32::try_from(bytes.len()).context("MPI takes no more than two thousand million bytes at once")?;
        // MPI refuses the address of nothing.
        if !bytes.is_empty() {
            first.broadcast_into(&mut bytes[..]);
        }
        Ok(bytes)
    }
}

#[cfg(not(feature = "mpi"))]
mod engine {
    use anyhow::{Result, bail, ensure};

    use super::Ranks;

    pub fn together<T>(started: usize, work: impl FnOnce(Ranks) -> Result<T>) -> Result<T> {
        ensure!(
            started == 1,
            "{started} processes were started for one run, but this program was built without MPI; build it with --features mpi, or start one process"
        );
        work(Ranks::ALONE)
    }

    pub fn gather<N>(_mine: &[N], _count: usize) -> Result<Vec<N>> {
        bail!("this program was built without MPI")
    }

    pub fn broadcast(_bytes: Vec<u8>, _rank: usize) -> Result<Vec<u8>> {
        bail!("this program was built without MPI")
    }
}
