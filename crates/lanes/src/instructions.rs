//! Instruction sets: which there are, and which this machine has. Results do not depend on it. And which functions code runs by,
//! on which they do.

/// A set of instructions that the executor is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstructionSet {
    /// What all machines of this kind have: SSE2 of x86-64, NEON of 64-bit ARM.
    Baseline,
    /// AVX2 and fused multiply-add of x86-64.
    Avx2,
    /// AVX-512 (F, VL, DQ, BW) of x86-64.
    Avx512,
}

impl InstructionSet {
    /// Those that this machine has, the best last.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self::Baseline];
        sets.extend([Self::Avx2, Self::Avx512].into_iter().filter(|set| set.is_available()));
        sets
    }

    /// The best that this machine has.
    #[must_use]
    pub fn best() -> Self {
        [Self::Avx512, Self::Avx2].into_iter().find(|set| set.is_available()).unwrap_or(Self::Baseline)
    }

    /// Whether this machine has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                std::is_x86_feature_detected!("avx2")
                    && std::is_x86_feature_detected!("fma")
                    && std::is_x86_feature_detected!("bmi2")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && std::is_x86_feature_detected!("avx512f")
                    && std::is_x86_feature_detected!("avx512vl")
                    && std::is_x86_feature_detected!("avx512dq")
                    && std::is_x86_feature_detected!("avx512bw")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }
}

/// By which elementary functions code runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Those of the standard library: each lane has the bits of the operation alone.
    #[default]
    Exact,
    /// Those that are made for several lanes at once ([`Fast`](wengert_ops::Fast)), of the rows that have one: the same bits on
    /// every machine, and a few units in the last place from the exact values.
    Fast,
}
