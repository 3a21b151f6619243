/** What every router has to do, as tests, and what stands around a router in tests. */
@NullMarked
package io.tricolor.router.testing;

import org.jspecify.annotations.NullMarked;
