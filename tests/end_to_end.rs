//! End-to-end tests: the `loup` binary as its users meet it, one module per topic.

#[cfg(test)]
mod bank;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod batch_mappings;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod coming_from;
#[cfg(test)]
mod csv_corpus;
#[cfg(test)]
mod dump_declared;
#[cfg(test)]
mod dump_leaks;
#[cfg(test)]
mod dump_peers;
#[cfg(test)]
mod dump_servers;
#[cfg(test)]
mod dump_streams;
#[cfg(test)]
mod dumps;
#[cfg(test)]
mod fidelity;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod mappings;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod parquet;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod raw_csv;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod salts;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod shuffle;
#[cfg(test)]
mod typos;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod workbench;
