"""A folder of files with their metadata in a spreadsheet, as ministries have them."""
