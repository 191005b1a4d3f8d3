"""Bodies of agencies' doors."""
