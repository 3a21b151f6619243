/** Questions about requests and about the audit trail. */
@NullMarked
package io.tricolor.loggateway.search;

import org.jspecify.annotations.NullMarked;
