enum CofferTestingModule {}
