//! The allocations of each work, as `performance` reads them from `allocations`.

use std::collections::BTreeMap;
use std::{fs, io};

use crate::works::Work;

const FILE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/allocations.json");

#[derive(Default, serde::Serialize, serde::Deserialize)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    pub fn insert(&mut self, work: &Work, count: u64) {
        self.0
            .insert(name(work.task, work.payload, work.who), count);
    }

    pub fn get(&self, task: &str, payload: &str, who: &str) -> Option<u64> {
        self.0.get(&name(task, payload, who)).copied()
    }

    pub fn save(&self) -> io::Result<()> {
        fs::write(FILE, serde_json::to_vec_pretty(self)?)
    }

    pub fn load() -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(FILE)?)?)
    }
}

fn name(task: &str, payload: &str, who: &str) -> String {
    format!("{task}, {payload}, {who}")
}
