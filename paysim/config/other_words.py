"""Words of other payment simulators' files, and the key here that means the same: for the hint of an unknown key."""

MEANT = {
    # What differs from transaction to transaction
    "variability": "transaction.patterns",
    "bimodal_peaks": "transaction.patterns.amounts.peaks",
    "methods": "transaction.patterns.payment_methods",
    "statuses": "transaction.patterns.payment_status",
    "geography": "transaction.patterns.countries",
    "timezone_distribution": "transaction.patterns.countries",
    "temporal": "transaction.timestamps",
    "night": "transaction.timestamps.night_weight",
    "weekend": "transaction.timestamps.weekend_factor",
    # Bad transactions
    "compliance": "transaction.violations",
    "anomalies": "transaction.violations",
    "total_violation_percentage": "transaction.violations",
    "aml_violations": "transaction.violations",
    "kyc_violations": "transaction.violations",
    "pci_violations": "transaction.violations",
    "data_quality_violations": "transaction.violations",
    "business_rule_violations": "transaction.violations",
    "large_amount": "transaction.violations.excess_amount",
    "missing_card_data": "transaction.violations.missing_card_details",
    "missing_country": "transaction.violations.invalid_country",
    # How much, how fast, and where to
    "metadata": "transaction.mapping.drop",
    "tps": "transaction.volume.rate",
    "rps": "transaction.volume.rate",
    "events_per_second": "transaction.volume.rate",
    "transactions_per_second": "transaction.volume.rate",
    "num_transactions": "transaction.volume.total",
    "duration": "load.stages",
    "file_path": "output.file.path",
    "topic": "output.event_hub.eventhub_name",
    # What is told
    "include_metrics": "metrics.port",
    "metrics_interval_seconds": "metrics.port",
    "publish_interval_seconds": "metrics.port",
}
