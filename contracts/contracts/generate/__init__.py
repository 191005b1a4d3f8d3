"""What is generated from the contracts: JSON Schemas, the AsyncAPI document, the flow picture and the glossary."""
