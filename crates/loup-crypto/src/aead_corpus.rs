//! The Wycheproof corpora of AES-256-GCM and AES-256-GCM-SIV, run through the core that all sealing uses.
