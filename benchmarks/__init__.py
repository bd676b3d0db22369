"""What things cost, measured side by side on one machine. Prints ratios; asserts nothing."""
