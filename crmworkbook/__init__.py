"""crmworkbook: a CRM strategy workbook of notebooks, models and one PDF report."""

__version__ = "0.1.0"
