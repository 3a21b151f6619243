/** The service that keeps request logs and the audit trail, and finds them again. */
@NullMarked
package io.tricolor.loggateway;

import org.jspecify.annotations.NullMarked;
