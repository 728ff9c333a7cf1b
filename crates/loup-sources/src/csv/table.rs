//! A CSV table: one file or several with one header.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{ScanArgs, ScanResult, Session, TableProvider};
use datafusion::common::{Statistics, plan_err};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use super::{CsvFormat, CsvOptions, Header};
use crate::carrier::{Carrier, Position};

/// Reads CSV files as one table of text columns, and on request with [carriers](Carrier).
#[derive(Debug, Clone)]
pub struct CsvTable {
    listing: Arc<ListingTable>,
    format: CsvFormat,
    /// One for each file; empty where they were not read.
    headers: Arc<[Header]>,
}

impl CsvTable {
    /// Makes the table of files with these headers, one for each; the first names the columns.
    ///
    /// # Errors
    /// Returns an error where the files do not lie in one store or there is none.
    pub fn try_new(urls: Vec<ListingTableUrl>, format: CsvFormat, headers: Vec<Header>) -> DataFusionResult<Self> {
        let Some(header) = headers.first() else { return plan_err!("a table needs a file") };
        let format = format.with_checked_names();
        let options = ListingOptions::new(Arc::new(format.clone())).with_file_extension("");
        let listing = listing(urls, options, header.schema())?;
        Ok(Self { listing: Arc::new(listing), format, headers: headers.into() })
    }

    /// Finds the CSV table behind a provider: one that was attached, or DataFusion's listing of CSV files.
    pub fn of(provider: &dyn TableProvider) -> Option<Self> {
        if let Some(table) = provider.downcast_ref::<Self>() {
            return Some(table.clone());
        }
        let listing = provider.downcast_ref::<ListingTable>()?;
        let format = listing.options().format.downcast_ref::<CsvFormat>()?;
        let is_plain = listing.options().table_partition_cols.is_empty();
        is_plain.then(|| Self { listing: Arc::new(listing.clone()), format: format.clone(), headers: Arc::new([]) })
    }

    /// Returns the table with a raw column for each column and the position behind them.
    ///
    /// # Errors
    /// Returns an error where the table cannot be built again.
    pub fn with_carriers(&self) -> DataFusionResult<Self> {
        let schema = Carrier::extend(&self.listing.schema());
        let listing = listing(self.listing.table_paths().clone(), self.listing.options().clone(), schema)?;
        Ok(Self { listing: Arc::new(listing), ..self.clone() })
    }

    /// Returns the table cut into segments of other sizes, so that tests need no large files.
    ///
    /// # Errors
    /// Returns an error where the table cannot be built again.
    #[doc(hidden)]
    pub fn with_segment_bytes(&self, bytes: u64) -> DataFusionResult<Self> {
        let format = self.format.clone().with_segment_bytes(bytes);
        let options = ListingOptions { format: Arc::new(format.clone()), ..self.listing.options().clone() };
        let listing = listing(self.listing.table_paths().clone(), options, self.listing.schema())?;
        Ok(Self { listing: Arc::new(listing), format, headers: Arc::clone(&self.headers) })
    }

    /// Returns the header of the first file, where it was read.
    pub fn header(&self) -> Option<&Header> {
        self.headers.first()
    }

    /// Returns the headers of all files, where they were read.
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// Returns the number of files, as far as it is known before they are listed.
    pub fn files(&self) -> usize {
        if self.headers.is_empty() { Position::MAX_FILES / 4 } else { self.headers.len() }
    }

    /// Returns the options that the files are read with.
    pub fn options(&self) -> &CsvOptions {
        self.format.options()
    }
}

fn listing(urls: Vec<ListingTableUrl>, options: ListingOptions, schema: SchemaRef) -> DataFusionResult<ListingTable> {
    let config = ListingTableConfig::new_with_multi_paths(urls);
    ListingTable::try_new(config.with_listing_options(options).with_schema(schema))
}

#[async_trait]
impl TableProvider for CsvTable {
    fn schema(&self) -> SchemaRef {
        self.listing.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        self.listing.scan(state, projection, filters, limit).await
    }

    async fn scan_with_args<'a>(&self, state: &dyn Session, args: ScanArgs<'a>) -> DataFusionResult<ScanResult> {
        self.listing.scan_with_args(state, args).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        // The reader filters nothing; saying so lets a limit reach it where there is no filter.
        Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        None
    }
}
