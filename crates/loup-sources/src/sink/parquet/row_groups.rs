//! Runs a plan over one Parquet file row group by row group.

use std::sync::Arc;

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::object_store::path::Path as ObjectPath;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;

use super::source::ParquetFile;

/// Returns `plan` over `file` alone, with a partition for each row group of the file; `None` where the plan does anything
/// but computing columns of single rows of a scan over this file and perhaps others.
///
/// # Errors
/// Returns an error where a node does not take its new input.
pub fn by_row_group(plan: &Arc<dyn ExecutionPlan>, file: &ParquetFile) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return Ok(scan_by_row_group(scan, file));
    }
    let children = plan.children();
    let [input] = children.as_slice() else { return Ok(None) };
    if !plan.is::<ProjectionExec>() {
        return Ok(None);
    }
    let Some(input) = by_row_group(input, file)? else { return Ok(None) };
    Ok(Some(replace_children_if_necessary(Arc::clone(plan), vec![input])?))
}

fn scan_by_row_group(scan: &DataSourceExec, file: &ParquetFile) -> Option<Arc<dyn ExecutionPlan>> {
    let config = scan.data_source().downcast_ref::<FileScanConfig>()?;
    let source = config.file_source().downcast_ref::<ParquetSource>()?;
    if config.limit.is_some() || source.filter().is_some() {
        return None;
    }
    let location = ObjectPath::from_absolute_path(file.path()).ok()?;
    let whole = config.file_groups.iter().flat_map(FileGroup::iter).find(|part| *part.path() == location)?;
    let groups = file.metadata().num_row_groups();
    let one_group = |group: usize| {
        let mut access = vec![RowGroupAccess::Skip; groups];
        access[group] = RowGroupAccess::Scan;
        let part = PartitionedFile::new_from_meta(whole.object_meta.clone());
        FileGroup::new(vec![part.with_extension(ParquetAccessPlan::new(access))])
    };
    let config = FileScanConfigBuilder::from(config.clone())
        .with_file_groups((0..groups).map(one_group).collect())
        // Else one partition would read the row groups of others that have not started.
        .with_preserve_order(true)
        .build();
    Some(DataSourceExec::from_data_source(config))
}
