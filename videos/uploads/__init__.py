"""Masters come in numbered parts, straight into the storage: rows in `receiving`, bytes in `folder` or `bucket`."""
