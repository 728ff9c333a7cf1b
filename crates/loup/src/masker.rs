//! Masks Arrow batches in pipelines that have no SQL session.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_array};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::sql::parser::Statement as SqlStatement;
use datafusion::sql::sqlparser::ast::{
    AssignmentTarget, Expr as AstExpr, Ident, SelectItem, SetExpr, Statement as AstStatement,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use futures::{Stream, StreamExt};
use loup_crypto::KeyRing;

use crate::rewrite::{Names, expand_arguments, find_ident};
use crate::script::{parse_assignments, parse_query};
use crate::session::names::suggestion;
use crate::{Error, Result, Session};

/// Assignments compiled for batches of one schema.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
/// use loup_crypto::KeyRing;
///
/// let names: ArrayRef = Arc::new(StringArray::from(vec!["ann@acme.test"]));
/// let batch = RecordBatch::try_from_iter([("email", names)])?;
/// let masker = loup::Masker::with_key_ring(batch.schema(), "email = pseudo_email(email, 'c')", KeyRing::ephemeral()?)?;
/// let masked = masker.apply(&batch)?;
/// assert_eq!(masked.schema(), batch.schema());
/// assert_ne!(masked.column(0), batch.column(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Masker {
    schema: SchemaRef,
    columns: Vec<Arc<dyn PhysicalExpr>>,
}

impl Masker {
    /// Compiles `column = expression, ..` for batches of `schema`, under an ephemeral key: results will not repeat.
    ///
    /// # Errors
    /// Returns an error for a column that is not there or set twice, and for an expression that cannot be planned.
    pub fn new(schema: SchemaRef, assignments: &str) -> Result<Self> {
        Self::with_key_ring(schema, assignments, KeyRing::ephemeral()?)
    }

    /// Compiles `column = expression, ..` for batches of `schema`, under the active key of a ring.
    ///
    /// # Errors
    /// Returns an error for a column that is not there or set twice, and for an expression that cannot be planned.
    pub fn with_key_ring(schema: SchemaRef, assignments: &str, keys: KeyRing) -> Result<Self> {
        let session = Session::builder().key_ring(keys).build()?;
        let plan = plan(&session, &schema, assignments)?;
        let LogicalPlan::Projection(projection) = &plan else {
            return Err(Error::Plan("the assignments must be expressions over one row".to_owned()));
        };
        let input = DFSchema::clone(projection.input.schema());
        let state = session.context.state();
        let columns = projection.expr.iter().map(|expr| state.create_physical_expr(expr.clone(), &input));
        let columns = columns.collect::<Result<Vec<_>, DataFusionError>>()?;
        Ok(Self { schema, columns })
    }

    /// Returns the schema of the batches it takes and gives.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Masks a batch. Text and binary columns are built anew, so that no buffer of the result holds clear text.
    ///
    /// # Errors
    /// Returns an error for a batch of another schema and for a value that a function refuses.
    pub fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        if batch.schema().fields() != self.schema.fields() {
            return Err(Error::Plan("the batch has another schema than the masker was made for".to_owned()));
        }
        let mut arrays = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let values = column.evaluate(batch)?.into_array(batch.num_rows())?;
            arrays.push(compact(&values)?);
        }
        let masked = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        masked.map_err(|error| DataFusionError::from(error).into())
    }

    /// Masks a stream of batches.
    pub fn apply_stream<S>(self, batches: S) -> impl Stream<Item = Result<RecordBatch>>
    where
        S: Stream<Item = Result<RecordBatch>>,
    {
        batches.map(move |batch| self.apply(&batch?))
    }
}

fn plan(session: &Session, schema: &SchemaRef, text: &str) -> Result<LogicalPlan> {
    let mut query = parse_query("SELECT 1")?;
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut items: Vec<(AstExpr, bool)> =
        names.iter().map(|name| (AstExpr::Identifier(Ident::with_quote('"', name)), false)).collect();
    for assignment in parse_assignments(text)? {
        let target = match &assignment.target {
            AssignmentTarget::ColumnName(name) if name.0.len() == 1 => name.0[0].as_ident().cloned(),
            _ => None,
        };
        let target = target.ok_or_else(|| Error::Plan("set one column at a time, by its bare name".to_owned()))?;
        let found = find_ident(&target, names.iter().map(String::as_str))?;
        let index = found.and_then(|found| names.iter().position(|name| name == found)).ok_or_else(|| {
            let hint = suggestion(&target.value, names.iter().map(String::as_str));
            Error::Plan(format!("there is no column {target}{hint}"))
        })?;
        if std::mem::replace(&mut items[index], (assignment.value, true)).1 {
            return Err(Error::Plan(format!("{} is set twice", names[index])));
        }
    }
    if let SetExpr::Select(select) = query.body.as_mut() {
        let alias = |(item, name): ((AstExpr, bool), &String)| SelectItem::ExprWithAlias {
            expr: item.0,
            alias: Ident::with_quote('"', name),
        };
        select.projection = items.into_iter().zip(&names).map(alias).collect();
    }
    expand_arguments(query.as_mut())?;
    let table = datafusion::sql::sqlparser::ast::ObjectName::from(vec![Ident::new("batch")]);
    let mut found = Names::of(query.as_ref());
    found.add_table(&table);
    found.resolve(&table, vec!["batch".to_owned()], names);
    found.apply(query.as_mut())?;
    if let SetExpr::Select(select) = query.body.as_mut() {
        let from = Parser::new(&GenericDialect {})
            .try_with_sql("\"batch\"")
            .and_then(|mut parser| parser.parse_table_and_joins())
            .map_err(|error| Error::Plan(error.to_string()))?;
        select.from = vec![from];
    }
    let empty = MemTable::try_new(Arc::clone(schema), vec![vec![]])?;
    session.context.register_table("batch", Arc::new(empty))?;
    let statement = SqlStatement::Statement(Box::new(AstStatement::Query(query)));
    let state = session.context.state();
    let plan = futures::executor::block_on(state.statement_to_plan(statement))?;
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    typed(&plan, schema)
}

/// Makes one projection over the batch whose columns have the types of the schema.
fn typed(plan: &LogicalPlan, schema: &SchemaRef) -> Result<LogicalPlan> {
    let LogicalPlan::Projection(projection) = plan else {
        return Err(Error::Plan("the assignments must be expressions over one row".to_owned()));
    };
    if !matches!(projection.input.as_ref(), LogicalPlan::TableScan(_)) {
        return Err(Error::Plan("the assignments must be expressions over one row".to_owned()));
    }
    let exprs = projection.expr.iter().zip(plan.schema().fields().iter().zip(schema.fields()));
    let exprs: Vec<Expr> = exprs
        .map(|(expr, (new, old))| {
            if new.data_type() == old.data_type() {
                expr.clone()
            } else {
                cast(expr.clone().unalias(), old.data_type().clone()).alias(old.name())
            }
        })
        .collect();
    let empty = MemTable::try_new(Arc::clone(schema), vec![vec![]])?;
    let scan = LogicalPlanBuilder::scan("batch", provider_as_source(Arc::new(empty)), None)?;
    Ok(scan.project(exprs)?.build()?)
}

/// Builds an array anew where it may share buffers with its input.
fn compact(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::BinaryView => Arc::new(array.as_binary_view().gc()),
        _ => {
            // Copying row by row leaves behind what slices and dictionaries only refer to.
            let data = array.to_data();
            let mut rows = datafusion::arrow::array::MutableArrayData::new(vec![&data], false, array.len());
            rows.try_extend(0, 0, array.len()).map_err(DataFusionError::from)?;
            make_array(rows.freeze())
        }
    })
}
