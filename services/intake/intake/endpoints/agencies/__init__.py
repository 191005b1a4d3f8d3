"""Agencies' doors: details that may not travel, the work desk, and closings under watch."""
