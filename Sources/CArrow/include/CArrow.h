// C declarations of public binary interfaces: what opens at run time is called through these.
#pragma once
#include "adbc.h"
#include "arrow.h"
