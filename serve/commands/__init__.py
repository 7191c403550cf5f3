"""The service's commands beside `aaq serve`."""
