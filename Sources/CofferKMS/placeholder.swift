enum CofferKMSModule {}
