enum CofferPipeline {}
