//! What a record says of the machine: kinds, not names.

use std::fs;
use std::process::Command;
use std::thread;

/// Processor, cores and compiler.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The processor's model, with family and model number where the system tells.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// What `rustc --version` says now.
    pub compiler: String,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn this() -> Self {
        Self {
            processor: processor().unwrap_or_else(|| std::env::consts::ARCH.into()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            compiler: compiler().unwrap_or_else(|| "unknown".into()),
        }
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let field = |name: &str| {
        let (_, value) = text.lines().filter_map(|l| l.split_once(':')).find(|(k, _)| k.trim() == name)?;
        Some(value.trim().to_owned())
    };
    Some(format!("{} family {} model {}", field("model name")?, field("cpu family")?, field("model")?))
}

fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}
