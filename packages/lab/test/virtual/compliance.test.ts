import { createVirtual, type VirtualInternet } from '@p2pd/lab'
import { type TestInternet, testInternet } from '@p2pd/lab/testing'

testInternet('virtual Internet', async (scenario) => toTestInternet(createVirtual(scenario)))

function toTestInternet(net: VirtualInternet): TestInternet {
  return {
    clock: net.clock,
    host: (name) => net.findHost(name),
    run: (work) => net.run(work),
    restart: (box) => net.findBox(box).restart(),
    close: async () => {},
  }
}
