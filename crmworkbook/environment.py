"""The variables of the environment by which one part of the workbook tells another something."""

CLIENT = "CRMWORKBOOK_CLIENT"
"""The client file or folder that an empty ``client_file`` of a notebook means."""

LIVE = "CRMWORKBOOK_LIVE"
"""``1`` in a kernel of a workshop: parts are panels that draw themselves again, and questions are forms."""
